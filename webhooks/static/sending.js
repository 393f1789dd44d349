// What the resident says leaves in order, one at a time, until the server has it. Each has a key of its own,
// so the server answers a second delivery once: trying again is always right.

import { allWaiting, dropWaiting, keepWaiting } from "/chat/static/store.js";

const WAITS = [1, 2, 4, 8, 15, 30]; // seconds
const PATIENCE = 20; // seconds for one answer
const BROKEN = 500; // a bug of the server's: it may well never take this message
const BROKEN_TRIES = 3;
const ORPHAN_AFTER = 60; // seconds
const REFUSED = { malformed: "refused", not_json: "refused", other_site: "refused", too_long: "too_long" };

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

export function push(item) {
  keepWaiting(item);
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

async function post(item) {
  try {
    const response = await withPatience(window.fetch("/chat/messages", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body(item)),
    }));
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
export function withPatience(promise) {
  return new Promise((resolve, reject) => {
    window.setTimeout(() => reject(new Error("no answer")), PATIENCE * 1000);
    promise.then(resolve, reject);
  });
}
