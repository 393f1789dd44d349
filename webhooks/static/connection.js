// What was said, then each answer as it comes. Comes back by itself after the server, the net or the phone
// was away; a page that nobody looks at lets go of its connection after a while.

import { withPatience } from "/chat/static/sending.js";

const WAITS = [1, 1, 2, 4, 8, 15, 30]; // seconds
const BANNER_AFTER = 2; // seconds: a short break is not worth a word
const PATIENCE = 20; // seconds for what was said
const SILENCE = 40; // seconds; the server is heard every 15
const PARKED_AFTER = 60; // seconds out of sight

let hear = null;
let source = null;
let last = 0;
let heardAt = 0;
let tries = 0;
let isConnecting = false;
let isParked = false;
let timer = 0;
let bannerTimer = 0;
let parkTimer = 0;

// `on`: history(history), bubble(row), restart(), lost(), back().
export function startConnection(on) {
  hear = on;
  window.setInterval(look, 5000);
  window.addEventListener("online", connectNow);
  window.addEventListener("offline", doubt);
  window.addEventListener("pageshow", (event) => event.persisted && connectNow());
  document.addEventListener("visibilitychange", onSight);
  connect();
}

export function isListening() {
  return source !== null;
}

// Something else met no net: a stream that still seems open is most likely dead as well.
export function doubt() {
  if (source) {
    lost();
  }
}

export function connectNow() {
  tries = 0;
  connect();
}

async function connect() {
  if (isConnecting) {
    return;
  }
  isConnecting = true;
  close();
  try {
    const response = await withPatience(
      window.fetch("/chat/history", { credentials: "same-origin", cache: "no-store" }),
      PATIENCE
    );
    if (!response.ok) {
      throw new Error(String(response.status));
    }
    const history = await response.json();
    hear.history(history);
    last = history.last;
    if (history.started) {
      listen();
    } else {
      found();
    }
  } catch (error) {
    lost();
  }
  isConnecting = false;
}

function listen() {
  heardAt = Date.now();
  source = new window.EventSource("/chat/stream?after=" + last);
  source.onopen = found;
  source.onerror = lost;
  source.onmessage = (event) => {
    heardAt = Date.now();
    const row = JSON.parse(event.data);
    last = row.number;
    hear.bubble(row);
  };
  source.addEventListener("beat", () => { heardAt = Date.now(); });
  source.addEventListener("restart", () => {
    last = 0;
    hear.restart();
  });
}

function close() {
  window.clearTimeout(timer);
  if (source) {
    source.close();
    source = null;
  }
}

function found() {
  tries = 0;
  heardAt = Date.now();
  window.clearTimeout(bannerTimer);
  bannerTimer = 0;
  hear.back();
}

function lost() {
  close();
  const wait = WAITS[Math.min(tries, WAITS.length - 1)];
  tries += 1;
  timer = window.setTimeout(connect, wait * 1000 * (1 + Math.random() / 4));
  if (!bannerTimer) {
    bannerTimer = window.setTimeout(hear.lost, BANNER_AFTER * 1000);
  }
}

// A connection that died without a word is noticed by its silence.
function look() {
  if (source && Date.now() - heardAt > SILENCE * 1000) {
    lost();
  }
}

function onSight() {
  window.clearTimeout(parkTimer);
  if (document.visibilityState === "hidden") {
    parkTimer = window.setTimeout(() => {
      isParked = true;
      close();
    }, PARKED_AFTER * 1000);
  } else if (isParked || !source) {
    isParked = false;
    connectNow();
  }
}
