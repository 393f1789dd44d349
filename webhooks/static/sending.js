// What the resident says leaves in order, one at a time, until the server has it. Each has a key of its own,
// so the server answers a second delivery once: trying again is always right.

import { allWaiting, dropWaiting, keepWaiting } from "/chat/static/store.js";

const WAITS = [1, 2, 4, 8, 15, 30]; // seconds
const PATIENCE = 20; // seconds for one answer
const PICTURE_PATIENCE = 90;
const BROKEN = 500; // a bug of the server's: it may well never take this message
const BROKEN_TRIES = 3;
const ORPHAN_AFTER = 60; // seconds
const REFUSED = {
  malformed: "refused",
  not_json: "refused",
  not_picture: "not_picture",
  other_site: "refused",
  picture_too_large: "picture_too_large",
  too_long: "too_long",
  too_many_pictures: "too_many_pictures",
};

const queue = [];
let isBusy = false;
let failures = 0;
let timer = 0;
let hear = null;

// `on`: sending(item), taken(item), failed(item, sentence), refused(item, sentence), noNet().
export function startSending(on) {
  hear = on;
  adopt(0);
  pump();
}

// `picture`, where there is one, is a blob: it is kept in this page alone.
export function push(item) {
  if (!item.picture) {
    keepWaiting(item);
  }
  queue.push(item);
  pump();
}

// Another tab has delivered it.
export function forget(key) {
  const index = queue.findIndex((item) => item.key === key);
  if (index > 0 || (index === 0 && !isBusy)) {
    queue.splice(index, 1);
  }
}

export function hurry() {
  failures = 0;
  adopt(ORPHAN_AFTER);
  pump();
}

// Takes over what stands waiting for so long: the tab that wrote it may be closed.
function adopt(seconds) {
  const known = queue.map((item) => item.key);
  const isOld = (item) => Date.now() - new Date(item.at).getTime() >= seconds * 1000;
  allWaiting().filter((item) => known.indexOf(item.key) < 0 && isOld(item)).forEach((item) => queue.push(item));
}

async function pump() {
  if (!hear || isBusy || !queue.length) {
    return;
  }
  isBusy = true;
  window.clearTimeout(timer);
  const item = queue[0];
  hear.sending(item);
  const answer = await post(item);
  isBusy = false;
  settle(item, answer);
}

function settle(item, answer) {
  const isBroken = answer.status === BROKEN && failures + 1 >= BROKEN_TRIES;
  if (answer.isTaken || REFUSED[answer.code] || isBroken) {
    queue.shift();
    dropWaiting(item.key);
    failures = 0;
    if (answer.isTaken) {
      hear.taken(item);
    } else {
      hear.refused(item, REFUSED[answer.code] || "refused");
    }
    pump();
    return;
  }
  failures += 1;
  if (item.picture) {
    queue.push(queue.shift()); // words need less of a net: they go before it
  }
  // A first answer without cookie brings the cookie: only a second one means that they are blocked.
  const isBlocked = answer.code === "no_cookie" && failures > 1;
  hear.failed(item, isBlocked ? "no_cookie" : answer.code === "too_many" ? "too_many" : "again");
  const wait = answer.code === "no_cookie" && failures === 1 ? 0 : WAITS[Math.min(failures, WAITS.length) - 1];
  timer = window.setTimeout(pump, Math.max(wait, answer.after || 0) * 1000 * (1 + Math.random() / 4));
}

function body(item) {
  if (item.button) {
    return { key: item.key, button: item.button };
  }
  return item.joined ? { key: item.key, joined: true } : { key: item.key, text: item.text };
}

function request(item) {
  const options = { method: "POST", credentials: "same-origin" };
  if (item.picture) {
    options.headers = { "Content-Type": item.picture.type, "Muadam-Key": item.key };
    options.body = item.picture;
    return withPatience(window.fetch("/chat/pictures", options), PICTURE_PATIENCE);
  }
  options.headers = { "Content-Type": "application/json" };
  options.body = JSON.stringify(body(item));
  return withPatience(window.fetch("/chat/messages", options), PATIENCE);
}

async function post(item) {
  try {
    const response = await request(item);
    if (response.ok) {
      return { isTaken: true };
    }
    const answer = await response.json().catch(() => ({}));
    const after = Number(response.headers.get("Retry-After"));
    return { status: response.status, code: answer.code, after: after };
  } catch (error) {
    hear.noNet();
    return {};
  }
}

// The promise's answer, or an error when it does not come in time.
export function withPatience(promise, seconds) {
  return new Promise((resolve, reject) => {
    window.setTimeout(() => reject(new Error("no answer")), seconds * 1000);
    promise.then(resolve, reject);
  });
}
