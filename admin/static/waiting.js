// Who waits: a sound when somebody new does, if it was wished; and a prepared answer put where it can be changed.
"use strict";

const SOUND = "muadam-sound";
let audio = null;

function beep() {
  if (!audio) return;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  volume.gain.value = 0.15;
  tone.frequency.value = 660;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
}

// A browser lets a page sound only after a touch: the wish is kept, the sound begins with the next touch.
function listen() {
  if (localStorage.getItem(SOUND) !== "on") return;
  audio = audio || new AudioContext();
  if (audio.state === "suspended") audio.resume();
}

const toggle = document.querySelector("[data-sound]");
if (toggle) {
  toggle.checked = localStorage.getItem(SOUND) === "on";
  toggle.addEventListener("change", () => {
    localStorage.setItem(SOUND, toggle.checked ? "on" : "off");
    if (toggle.checked) { listen(); beep(); } else { audio = null; }
  });
  document.addEventListener("pointerdown", listen, { once: true });
  document.addEventListener("keydown", listen, { once: true });
}

const people = () => new Set([...document.querySelectorAll("#waiting [data-person]")].map((one) => one.dataset.person));
let known = people();
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "messages" || event.detail.elt.id === "messages") return toTheEnd();
  const now = people();
  if ([...now].some((one) => !known.has(one))) beep();
  known = now;
  const list = document.getElementById("waiting");
  if (list) {
    const count = Number(list.dataset.unclaimed);
    document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  }
});

function toTheEnd() {
  const log = document.getElementById("messages");
  if (log) log.scrollTop = log.scrollHeight;
}
toTheEnd();

// Prepared answers: with a script they go into the box first, where a word may be changed.
const box = document.getElementById("answer");
const picture = document.querySelector("[data-picture]");
const says = document.querySelector("[data-picture-says]");
function withPicture(name) {
  picture.value = name;
  says.hidden = !name;
  says.querySelector("span").textContent = name;
}
document.querySelectorAll("[data-fills]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    box.value = box.value.trim() ? `${box.value.trim()}\n${button.dataset.fills}` : button.dataset.fills;
    withPicture(button.dataset.with);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
});
if (says) says.querySelector("[data-no-picture]").addEventListener("click", () => withPicture(""));
