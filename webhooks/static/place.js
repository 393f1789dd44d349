// Where the page stands: at its end, or at the beginning of a long answer, unless the resident has scrolled.

const NEAR = 160; // pixels from the end that still count as being at the end

const newer = document.getElementById("newer");
const head = document.getElementById("top");
const log = document.getElementById("log");
let firstUnread = null;
let putAt = 0;

export function isAtEnd() {
  return distanceToEnd() < NEAR;
}

// Nobody has scrolled since `settle`: what changes above or below may move the page.
export function isWhereItWasPut() {
  return Math.abs(window.pageYOffset - putAt) < 5;
}

// The first answer since the resident spoke is read from its beginning; null: everything was read.
export function readFrom(bubble) {
  firstUnread = bubble && (firstUnread || bubble);
}

export function settle(moves) {
  if (moves) {
    const end = document.documentElement.scrollHeight - window.innerHeight;
    window.scrollTo(0, Math.min(end, firstUnread ? topOf(firstUnread) : end));
    putAt = window.pageYOffset;
  }
  look();
}

export function goToEnd() {
  window.scrollTo(0, document.documentElement.scrollHeight);
  putAt = window.pageYOffset;
}

export function startPlace() {
  window.addEventListener("scroll", look, { passive: true });
  window.addEventListener("resize", () => settle(isWhereItWasPut())); // the keyboard comes and goes
  newer.addEventListener("click", () => {
    goToEnd();
    log.focus();
  });
}

function distanceToEnd() {
  return document.documentElement.scrollHeight - window.innerHeight - window.pageYOffset;
}

function topOf(bubble) {
  const hidden = window.getComputedStyle(head).position === "sticky" ? head.offsetHeight : 0;
  return bubble.getBoundingClientRect().top + window.pageYOffset - hidden - 10;
}

function look() {
  newer.hidden = isAtEnd() || !log.childElementCount;
}
