// A picture that the resident picks, made smaller before it leaves: it spares his data, and what the camera wrote
// into the file (the place, the hour) stays on the phone.

const LONGEST_SIDE = 2000; // pixels: enough for a code that fills a fifth of the picture
const SHOWN_SIDE = 480;
const QUALITY = 0.9;
const LARGEST = 10 * 1024 * 1024; // bytes, as the server counts them

// `on`: preparing(), picked(blob, canvas or null), problem(sentence).
export function startPhoto(button, input, on) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-busy") !== "true") {
      input.click();
    }
  });
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file) {
      return;
    }
    button.setAttribute("aria-busy", "true");
    on.preparing();
    await hand(file, on);
    button.removeAttribute("aria-busy");
    input.value = ""; // the same picture may be picked again
  });
}

async function hand(file, on) {
  const found = await prepared(file);
  if (!found) {
    on.problem("not_picture");
  } else if (found.blob.size > LARGEST) {
    on.problem("picture_too_large");
  } else {
    on.picked(found.blob, found.shown);
  }
}

async function prepared(file) {
  try {
    // Not an <img>: that would need blob: addresses in the page's content security policy.
    const bitmap = await window.createImageBitmap(file);
    const large = drawn(bitmap, LONGEST_SIDE);
    const blob = await new Promise((resolve) => large.toBlob(resolve, "image/jpeg", QUALITY));
    if (blob) {
      return { blob: blob, shown: drawn(bitmap, SHOWN_SIDE) };
    }
  } catch (error) {
    // An older phone, or a form that this browser does not show: the server looks at it as it is.
  }
  return whole(file);
}

function drawn(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const brush = canvas.getContext("2d");
  brush.imageSmoothingQuality = "high";
  brush.fillStyle = "#fff"; // behind what is transparent
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// The file's bytes, read now: one that lies in somebody's cloud may not be there when it is sent.
async function whole(file) {
  if (file.type.indexOf("image/") !== 0) {
    return null;
  }
  try {
    const bytes = await new window.Response(file).arrayBuffer();
    return { blob: new window.Blob([bytes], { type: file.type }), shown: null };
  } catch (error) {
    return null;
  }
}
