// What plain forms cannot do: say that something is being done, copy a text, ask before something that stays done.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  const question = button && button.dataset.ask;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.matches("[data-busy]")) {
    const says = form.querySelector(".busy");
    if (says) says.hidden = false;
    // A disabled button is not sent: it is disabled once the form is on its way.
    setTimeout(() => form.querySelectorAll("button").forEach((one) => { one.disabled = true; }), 0);
  }
}, true);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    document.execCommand("copy");
  }
  button.textContent = button.dataset.copied;
});

// A page that was left and comes back must not show buttons that stay disabled.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-busy] button").forEach((one) => { one.disabled = false; });
  document.querySelectorAll("[data-busy] .busy").forEach((one) => { one.hidden = true; });
});

// Words that were typed and not kept are not lost by a slip of the thumb.
let isDirty = false;
document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-keeps]")) isDirty = true;
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-keeps], form.bottom")) isDirty = false;
});
window.addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});

// Texts are read whole, not through a slit (newer browsers do this by field-sizing).
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 4}px`;
}
if (!CSS.supports("field-sizing", "content")) {
  document.querySelectorAll("textarea").forEach(grow);
  document.addEventListener("input", (event) => { if (event.target.matches("textarea")) grow(event.target); });
}
