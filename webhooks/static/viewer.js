// A picture in full, above the page, until it is closed.

const viewer = document.getElementById("viewer");
const button = document.getElementById("close-viewer");
let opener = null;

export function openViewer(image, from) {
  const large = viewer.querySelector("img");
  large.src = image.src;
  large.alt = image.alt;
  opener = from;
  viewer.hidden = false;
  button.focus();
}

function close() {
  viewer.hidden = true;
  opener.focus();
}

button.addEventListener("click", close);
viewer.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    close();
  } else if (event.key === "Tab") {
    event.preventDefault(); // there is one thing to stand on
  }
});
