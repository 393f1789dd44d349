// Bubbles as elements. Words of others become text, never markup.

const MARKS = /(\*\*[^*\n]+\*\*|https:\/\/[^\s<>"]+)/;
const BEHIND_LINK = /[.,;:!?)\]}"'”’»]+$/;

const sentences = {};
document.getElementById("words").content.querySelectorAll("[data-name]").forEach((node) => {
  sentences[node.getAttribute("data-name")] = node.textContent;
});

export function word(name) {
  return sentences[name];
}

export function make(tag, attributes, children) {
  const node = document.createElement(tag);
  Object.keys(attributes || {}).forEach((name) => node.setAttribute(name, attributes[name]));
  (children || []).forEach((child) => node.append(child));
  return node;
}

function link(address, children) {
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, children);
}

// **bold** and https addresses; everything else is text as it is.
function formatted(text) {
  const nodes = [];
  text.split(MARKS).forEach((piece, index) => {
    if (index % 2 === 0) {
      nodes.push(piece);
    } else if (piece.slice(0, 2) === "**") {
      nodes.push(make("strong", {}, formatted(piece.slice(2, -2))));
    } else {
      const behind = (piece.match(BEHIND_LINK) || [""])[0];
      const address = behind ? piece.slice(0, -behind.length) : piece;
      nodes.push(link(address, [address]), behind);
    }
  });
  return nodes;
}

function hasLinkAlready(message) {
  return message.text.indexOf(message.link) >= 0;
}

function hostOf(address) {
  return address.slice("https://".length).split("/")[0];
}

function clock(at) {
  return ("0" + at.getHours()).slice(-2) + ":" + ("0" + at.getMinutes()).slice(-2);
}

function time(at) {
  return make("time", { datetime: at.toISOString() }, [clock(at)]);
}

function spokenBy(name) {
  return make("span", { class: "unseen" }, [word(name) + " "]);
}

export function mediaAddress(name) {
  return "/media/" + encodeURIComponent(name.split("/").pop());
}

function picture(message, onEnlarge, onLoad) {
  const alt = message.picture_alt || word("picture");
  const image = make("img", { src: mediaAddress(message.picture), alt: alt });
  const button = make("button", { type: "button", class: "picture", title: word("enlarge") }, [image]);
  image.addEventListener("load", onLoad);
  image.addEventListener("error", () => {
    button.replaceWith(make("p", { class: "text" }, [alt + " (" + word("no_picture") + ")"]));
    onLoad();
  });
  button.addEventListener("click", () => onEnlarge(image, button));
  return button;
}

function choiceButton(choice, number, onPress) {
  const children = [make("span", {}, [choice.label])];
  if (number) {
    children.unshift(make("b", {}, [String(number)]));
  }
  const button = make("button", { type: "button", class: "choice", "data-value": choice.value }, children);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") {
      onPress(button);
    }
  });
  return button;
}

function choices(message, onPress) {
  const numbered = message.choices.length > 1;
  const group = make("div", { class: "choices", role: "group", "aria-label": word("choices") });
  message.choices.forEach((choice, index) => {
    group.append(choiceButton(choice, numbered && index + 1, (button) => onPress(choice, group, button)));
  });
  return group;
}

// Quick answers that stay good for as long as the bubble is there, and belong to no question.
function taps(message, onTap) {
  const group = make("div", { class: "taps", role: "group", "aria-label": word("choices") });
  message.taps.forEach((tap) => {
    group.append(choiceButton(tap, 0, (button) => {
      choose(group, button);
      onTap(tap);
    }));
  });
  return group;
}

// A bubble of ours. `on`: tap(tap), choice(choice, group, button), enlarge(image, button), load(), hear(message, button).
export function botBubble(row, on) {
  const message = row.message;
  const said = make("div", { class: "said" }, [spokenBy("bot")]);
  if (message.text) {
    said.append(make("p", { class: "text" }, formatted(message.text)));
  }
  if (message.picture) {
    said.append(picture(message, on.enlarge, on.load));
  }
  if (message.link && message.link.indexOf("https://") === 0 && !hasLinkAlready(message)) {
    const open = link(message.link, [word("open_link") + " " + hostOf(message.link)]);
    open.className = "open";
    said.append(make("div", {}, [open]));
  }
  if (message.document) {
    const open = link(mediaAddress(message.document), [message.document_label]);
    open.className = "open";
    said.append(make("div", {}, [open]));
  }
  const hear = make("button", { type: "button", class: "hear", "aria-pressed": "false" }, [word("listen")]);
  hear.classList.toggle("recorded", Boolean(message.audio));
  hear.addEventListener("click", () => on.hear(message, hear));
  const under = make("div", { class: "under" }, [time(new Date(row.at)), hear]);
  const bubble = make("div", { class: "bubble bot", "data-number": row.number }, [said, under]);
  if (message.choices) {
    bubble.append(choices(message, on.choice));
  }
  if (message.taps) {
    bubble.append(taps(message, on.tap));
  }
  return bubble;
}

// A bubble of the resident: words, or a picture, which is shown as long as the page is open.
export function myBubble(item) {
  const said = make("div", { class: "said" }, [spokenBy("me")]);
  if (item.shown) {
    item.shown.setAttribute("role", "img");
    item.shown.setAttribute("aria-label", word("my_picture"));
    said.append(item.shown);
  } else {
    said.append(make("p", { class: "text" }, [item.picture ? word("picture_sent") : item.text]));
  }
  const state = make("span", { class: "state", "aria-live": "off" });
  const under = make("div", { class: "under" }, [state, time(new Date(item.at))]);
  return make("div", { class: "bubble mine", "data-key": item.key || "" }, [said, under]);
}

// "" (nothing to say), sending, sent, again (with onAgain), or the name of another sentence: a problem.
export function showState(bubble, name, onAgain) {
  const state = bubble.querySelector(".state");
  state.textContent = "";
  state.className = "state";
  if (name === "again") {
    const button = make("button", { type: "button", class: "again" }, [word("again")]);
    button.addEventListener("click", onAgain);
    state.append(button);
  } else if (name) {
    state.textContent = word(name);
    state.className = name === "sending" || name === "sent" ? "state" : "state problem";
  }
}

export function dayLine(text) {
  return make("div", { class: "day" }, [make("span", {}, [text])]);
}

// Answers of an earlier question: to be read, not to be pressed. They stay buttons, so that nobody who
// stands on one with the keyboard is thrown off it.
export function retire(group) {
  group.classList.remove("busy");
  group.classList.add("old");
  group.querySelectorAll(".choice").forEach((button) => {
    button.setAttribute("aria-disabled", "true");
    button.setAttribute("tabindex", "-1");
  });
}

export function choose(group, button) {
  group.querySelectorAll(".chosen").forEach((other) => {
    other.classList.remove("chosen");
    other.querySelector(".unseen").remove();
  });
  button.classList.add("chosen");
  button.append(make("span", { class: "unseen" }, [" (" + word("chosen") + ")"]));
}

export function setBusy(group, isBusy) {
  group.classList.toggle("busy", isBusy);
  group.querySelectorAll(".choice").forEach((button) => button.setAttribute("aria-disabled", String(isBusy)));
}
