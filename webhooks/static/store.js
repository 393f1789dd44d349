// What the page keeps on this phone: messages that are not taken yet, buttons that were pressed, the text size.
// Where the phone forbids storage it is kept for as long as the page is open.

const WAITING = "muadam.waiting.";
const PRESSED = "muadam.pressed";
const SIZE = "muadam.size";
const PRESSED_LIMIT = 60;

const memory = {};
const storage = openStorage();

function openStorage() {
  try {
    window.localStorage.setItem("muadam.try", "1");
    window.localStorage.removeItem("muadam.try");
    return window.localStorage;
  } catch (error) {
    return {
      getItem: (name) => (name in memory ? memory[name] : null),
      setItem: (name, value) => { memory[name] = value; },
      removeItem: (name) => { delete memory[name]; },
      key: (index) => Object.keys(memory)[index] || null,
      get length() { return Object.keys(memory).length; },
    };
  }
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

function write(name, value) {
  try {
    storage.setItem(name, value);
  } catch (error) {
    memory[name] = value; // full: the page still sends it, only a reload would lose it
  }
}

// A key that no other message has, in the order of time.
export function newKey() {
  const random = new Uint32Array(3);
  window.crypto.getRandomValues(random);
  const tail = Array.from(random, (number) => ("000000" + number.toString(36)).slice(-7)).join("");
  return ("00000000" + Date.now().toString(36)).slice(-9) + "-" + tail;
}

export function keepWaiting(item) {
  write(WAITING + item.key, JSON.stringify(item));
}

export function dropWaiting(key) {
  storage.removeItem(WAITING + key);
}

// Messages that were not taken yet, of every tab, oldest first.
export function allWaiting() {
  const names = [];
  for (let index = 0; index < storage.length; index += 1) {
    const name = storage.key(index);
    if (name && name.indexOf(WAITING) === 0) {
      names.push(name);
    }
  }
  return names.sort().map((name) => read(storage.getItem(name))).filter((item) => item && item.key);
}

// What other tabs of this phone write and have acknowledged.
export function watchOtherTabs(onWritten, onGone) {
  window.addEventListener("storage", (event) => {
    if (!event.key || event.key.indexOf(WAITING) !== 0) {
      return;
    }
    const item = read(event.newValue);
    if (item && item.key) {
      onWritten(item);
    } else {
      onGone(event.key.slice(WAITING.length));
    }
  });
}

// Which button was pressed under which message: the server keeps only what it needs of it.
export function pressed() {
  return read(storage.getItem(PRESSED)) || [];
}

export function keepPressed(press) {
  write(PRESSED, JSON.stringify(pressed().concat([press]).slice(-PRESSED_LIMIT)));
}

export function forgetPressed() {
  storage.removeItem(PRESSED);
}

export function textSize() {
  return Number(storage.getItem(SIZE)) || 0;
}

export function keepTextSize(size) {
  write(SIZE, String(size));
}
