// The page: joins what comes (connection.js), what leaves (sending.js) and how it looks (bubbles.js).

import { botBubble, choose, dayLine, myBubble, retire, setBusy, showState, word } from "/chat/static/bubbles.js";
import { connectNow, doubt, isListening, startConnection } from "/chat/static/connection.js";
import { startPhoto } from "/chat/static/photo.js";
import { goToEnd, isAtEnd, isWhereItWasPut, readFrom, settle, startPlace } from "/chat/static/place.js";
import { forget, hurry, push, startSending } from "/chat/static/sending.js";
import { hear, onVoice } from "/chat/static/speech.js";
import * as store from "/chat/static/store.js";
import { openViewer } from "/chat/static/viewer.js";

const TEXT_LIMIT = 5000; // characters, as the server counts them
const TYPING_LONGEST = 8000; // milliseconds
const SIZES = 4;

const byId = (id) => document.getElementById(id);
const log = byId("log");
const say = byId("say");

let shown = 0; // the newest number of ours on the page
let lastDay = "";
let liveChoices = null; // the suggested answers that may be pressed
let newestMine = null;
let isSending = false;
let typingTimer = 0;
let busyTimer = 0;

// The log ------------------------------------------------------------------------------------------------

function dayName(at) {
  const day = at.toDateString();
  const now = new Date();
  if (day === now.toDateString()) {
    return word("today");
  }
  now.setDate(now.getDate() - 1);
  if (day === now.toDateString()) {
    return word("yesterday");
  }
  return at.getDate() + "/" + (at.getMonth() + 1) + "/" + at.getFullYear();
}

function append(bubble, at) {
  if (at.toDateString() !== lastDay) {
    lastDay = at.toDateString();
    log.append(dayLine(dayName(at)));
  }
  const before = log.lastElementChild;
  const side = bubble.classList.contains("bot") ? "bot" : "mine";
  if (before.classList.contains(side)) {
    before.classList.add("joined"); // the time stands under the last of several
  } else {
    bubble.classList.add("first");
  }
  log.append(bubble);
}

// Adds a bubble of ours; was the page at its end before?
function addBot(row) {
  const wasAtEnd = isAtEnd();
  const bubble = botBubble(row, {
    choice: (choice, group, button) => press(row.number, choice, group, button),
    tap: (tap) => tell({ text: tap.label, button: tap.value }),
    enlarge: openViewer,
    load: () => settle(isWhereItWasPut()),
    hear: hear,
  });
  append(bubble, new Date(row.at));
  shown = row.number;
  const group = bubble.querySelector(".choices");
  if (group) {
    if (liveChoices) {
      retire(liveChoices);
    }
    liveChoices = group;
  }
  readFrom(bubble);
  return wasAtEnd;
}

function addMine(item) {
  const bubble = myBubble(item);
  append(bubble, new Date(item.at));
  if (newestMine && newestMine.querySelector(".state").textContent === word("sent")) {
    showState(newestMine, "");
  }
  newestMine = bubble;
  return bubble;
}

function mine(key) {
  return Array.from(log.querySelectorAll(".mine")).find((node) => node.getAttribute("data-key") === key);
}

// Takes away everything but what the resident has said since our last bubble.
function clear() {
  const kept = [];
  while (log.lastElementChild && log.lastElementChild.classList.contains("mine")) {
    kept.unshift(log.lastElementChild);
    log.lastElementChild.remove();
  }
  log.textContent = "";
  lastDay = "";
  kept.forEach((bubble) => append(bubble, new Date()));
  shown = 0;
  liveChoices = null;
  readFrom(null);
  store.forgetPressed();
}

// What stands around the log -------------------------------------------------------------------------------

function showStart() {
  const isEmpty = !log.childElementCount;
  byId("start").hidden = !isEmpty;
  document.documentElement.classList.toggle("empty", isEmpty);
}

function setTyping(isTyping) {
  window.clearTimeout(typingTimer);
  byId("typing").hidden = !isTyping;
  if (isTyping) {
    typingTimer = window.setTimeout(() => setTyping(false), TYPING_LONGEST);
  }
}

function setBanner(name) {
  const stays = isWhereItWasPut();
  byId("banner").textContent = name ? word(name) : "";
  byId("banner").hidden = !name;
  settle(stays);
}

// Takes these sentences away, and no other.
function clearBanner(...names) {
  if (names.some((name) => byId("banner").textContent === word(name))) {
    setBanner("");
  }
}

// What the resident does ---------------------------------------------------------------------------------

function tell(item) {
  item.key = store.newKey();
  item.at = new Date().toISOString();
  addMine(item);
  showStart();
  readFrom(null);
  setTyping(true);
  settle(true);
  push(item);
}

function press(number, choice, group, button) {
  choose(group, button);
  setBusy(group, true);
  window.clearTimeout(busyTimer);
  busyTimer = window.setTimeout(releaseChoices, TYPING_LONGEST);
  const item = { text: choice.label, button: choice.value };
  tell(item);
  store.keepPressed({ number: number, key: item.key, value: item.button, text: item.text });
}

// Nothing new to choose from came: what was pressed may be pressed again.
function releaseChoices() {
  window.clearTimeout(busyTimer);
  if (liveChoices) {
    setBusy(liveChoices, false);
  }
}

function submit() {
  const text = say.value.trim();
  if (!text) {
    say.focus();
    return;
  }
  if (Array.from(text).length > TEXT_LIMIT) {
    setBanner("too_long");
    return;
  }
  say.value = "";
  grow();
  clearBanner("too_long");
  tell({ text: text });
}

function grow() {
  say.style.height = "auto";
  say.style.height = Math.max(50, say.scrollHeight + 4) + "px";
}

function setSize(size) {
  const kept = Math.min(SIZES - 1, Math.max(0, size));
  for (let index = 0; index < SIZES; index += 1) {
    document.documentElement.classList.toggle("size-" + index, index === kept);
  }
  byId("smaller").setAttribute("aria-disabled", String(kept === 0));
  byId("larger").setAttribute("aria-disabled", String(kept === SIZES - 1));
  store.keepTextSize(kept);
  grow();
  return kept;
}

function changeSize(by) {
  const wasAtEnd = isAtEnd();
  const size = setSize(store.textSize() + by);
  byId("announcement").textContent = word("size") + " " + (size + 1) + "/" + SIZES;
  if (wasAtEnd) {
    goToEnd();
  }
}

// What comes ---------------------------------------------------------------------------------------------

function showHistory(history) {
  const isFirst = !log.childElementCount;
  const shownBefore = shown;
  const numbers = history.bubbles.filter((bubble) => bubble.from === "bot").map((bubble) => bubble.number);
  if (shown && numbers.indexOf(shown) < 0 && history.last !== shown) {
    // What the page shows is erased or long ago: begin with what there is.
    clear();
  }
  if (!history.started) {
    store.forgetPressed();
  }
  const presses = store.pressed();
  log.setAttribute("aria-live", isFirst ? "off" : "polite");
  history.bubbles.forEach((bubble) => {
    if (bubble.from === "me") {
      if (!mine(bubble.key)) {
        addMine(bubble);
      }
    } else if (bubble.number > shown) {
      addBot(bubble);
      presses.filter((press) => press.number === bubble.number).forEach((press) => showPress(press, bubble.at));
    }
  });
  if (isFirst) {
    readFrom(null);
    window.setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  }
  if (shown !== shownBefore) {
    setTyping(false);
    releaseChoices();
  }
  showStart();
  settle(true);
}

function showPress(press, at) {
  const buttons = liveChoices ? Array.from(liveChoices.querySelectorAll(".choice")) : [];
  const button = buttons.find((one) => one.getAttribute("data-value") === press.value);
  if (button) {
    choose(liveChoices, button);
  }
  addMine({ key: press.key, text: press.text, at: at });
}

// What leaves --------------------------------------------------------------------------------------------

const leaving = {
  sending: (item) => mark(item, "sending"),
  taken: (item) => {
    mark(item, "sent");
    clearBanner("too_many", "no_cookie");
    if (!isListening()) {
      connectNow();
    }
  },
  failed: (item, name) => {
    setTyping(false);
    releaseChoices();
    mark(item, "again");
    if (name !== "again") {
      setBanner(name);
    }
  },
  refused: (item, name) => {
    setTyping(false);
    releaseChoices();
    mark(item, name);
  },
  noNet: doubt,
};

function mark(item, name) {
  const bubble = mine(item.key);
  if (bubble) {
    const stays = isWhereItWasPut();
    showState(bubble, bubble === newestMine || name !== "sent" ? name : "", hurry);
    settle(stays);
  }
}

// What an earlier visit could not deliver stands behind what was said.
function showWaiting() {
  store.allWaiting().filter((item) => !mine(item.key)).forEach((item) => {
    addMine(item);
    mark(item, "sending");
  });
  showStart();
  settle(true);
}

store.watchOtherTabs(
  (item) => {
    if (!mine(item.key)) {
      addMine(item);
      showStart();
      settle(isWhereItWasPut());
    }
  },
  (key) => {
    forget(key);
    const bubble = mine(key);
    if (bubble) {
      showState(bubble, "");
    }
    if (!isListening()) {
      connectNow();
    }
  }
);

// Hands --------------------------------------------------------------------------------------------------

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
say.addEventListener("keydown", (event) => {
  // While an input method puts a letter together, Enter belongs to it (229: the same in older browsers).
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    submit();
  }
});
say.addEventListener("input", grow);
byId("begin").addEventListener("click", () => {
  tell({ text: word("begin"), joined: true });
  log.focus();
});
document.querySelectorAll("[data-say]").forEach((button) => {
  button.addEventListener("click", () => tell({ text: button.getAttribute("data-say") }));
});
startPhoto(byId("photo"), byId("photo-file"), {
  preparing: () => { byId("announcement").textContent = word("preparing_picture"); },
  picked: (blob, canvas) => {
    clearBanner("not_picture", "picture_too_large");
    tell({ picture: blob, shown: canvas });
  },
  problem: setBanner,
});
byId("smaller").addEventListener("click", () => changeSize(-1));
byId("larger").addEventListener("click", () => changeSize(1));
onVoice(() => document.documentElement.classList.add("has-voice"));

startPlace();
setSize(store.textSize());
startConnection({
  history: (history) => {
    showHistory(history);
    if (!isSending) {
      isSending = true;
      showWaiting();
      startSending(leaving);
    }
  },
  bubble: (row) => {
    if (row.number > shown) {
      const wasAtEnd = addBot(row);
      setTyping(false);
      releaseChoices();
      showStart();
      settle(wasAtEnd || isWhereItWasPut());
    }
  },
  restart: clear,
  lost: () => setBanner("lost"),
  back: () => {
    if (byId("banner").textContent === word("lost")) {
      setBanner("");
      byId("announcement").textContent = word("back");
      hurry();
    }
  },
});
