// Reads a message aloud: the lesson's own recording, else a Vietnamese voice of the phone, where there is one.

import { mediaAddress, word } from "/chat/static/bubbles.js";

let playing = null; // {button, stop}

function voice() {
  const voices = window.speechSynthesis ? window.speechSynthesis.getVoices() : [];
  return voices.find((one) => one.lang.slice(0, 2).toLowerCase() === "vi") || null;
}

// Phones load their voices late: `callback` is called once there is one.
export function onVoice(callback) {
  const look = () => voice() && callback();
  look();
  if (window.speechSynthesis && window.speechSynthesis.addEventListener) {
    window.speechSynthesis.addEventListener("voiceschanged", look);
  }
}

export function hear(message, button) {
  const isSame = playing && playing.button === button;
  stop();
  if (!isSame) {
    const started = message.audio ? play(message) : speak(message);
    playing = { button: button, stop: started };
    button.setAttribute("aria-pressed", "true");
    button.textContent = word("stop");
  }
}

function stop() {
  if (playing) {
    playing.button.setAttribute("aria-pressed", "false");
    playing.button.textContent = word("listen");
    playing.stop();
    playing = null;
  }
}

function play(message) {
  const audio = new window.Audio(mediaAddress(message.audio));
  audio.onended = stop;
  audio.onerror = stop;
  audio.play().catch(stop);
  return () => {
    audio.onended = null;
    audio.onerror = null;
    audio.pause();
  };
}

function speak(message) {
  const utterance = new window.SpeechSynthesisUtterance(spoken(message));
  utterance.lang = "vi-VN";
  utterance.voice = voice();
  utterance.rate = 0.9;
  utterance.onend = stop;
  utterance.onerror = stop;
  window.speechSynthesis.speak(utterance);
  return () => {
    utterance.onend = null;
    utterance.onerror = null;
    window.speechSynthesis.cancel();
  };
}

function spoken(message) {
  const lines = [(message.text || "").replace(/\*\*/g, "").replace(/https:\/\/\S+/g, "")];
  if (message.picture_alt) {
    lines.push(word("picture") + ": " + message.picture_alt);
  }
  (message.choices || []).forEach((choice, index) => lines.push(index + 1 + ". " + choice.label));
  return lines.join("\n");
}
