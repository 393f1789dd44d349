// What may be written at a place of a YAML text: keys that the schema knows there and are not used yet, and names.
// Knows the text's shape by its indentation alone: a text that is being written can rarely be parsed.

const KEY = /^(\s*)((?:-\s+)*)([\w-]+)\s*:(?=\s|$)/;
const BLOCK = /[:-]\s*[|>][+-]?\d*\s*(?:#.*)?$/;

const keyOf = (text) => {
  const found = KEY.exec(text);
  return found && { column: found[1].length + found[2].length, dash: found[2] ? found[1].length : -1, name: found[3] };
};
const depthOf = (text) => text.length - text.trimStart().length;

// The keys above a column, the outermost first.
function pathTo(lines, nth, column) {
  const path = [];
  for (let at = nth - 1; at >= 0 && column > 0; at -= 1) {
    const key = keyOf(lines[at]);
    if (key && key.column < column) {
      path.unshift(key.name);
      column = key.column;
    }
  }
  return path;
}

// Whether a place is in a text after a bar: the nearest line that stands less deep opens it.
function isInBlock(lines, nth, column) {
  let depth = lines[nth].trim() ? depthOf(lines[nth]) : column;
  for (let at = nth - 1; at >= 0 && depth > 0; at -= 1) {
    if (!lines[at].trim()) continue;
    const key = keyOf(lines[at]);
    const stands = key ? key.column : depthOf(lines[at]);
    if (stands >= depth) continue;
    if (BLOCK.test(lines[at])) return true;
    depth = stands;
  }
  return false;
}

// The keys beside a column in the same table.
function besides(lines, nth, column) {
  const used = new Set();
  const look = (from, step) => {
    for (let at = from; at >= 0 && at < lines.length; at += step) {
      const key = keyOf(lines[at]);
      if (!key) continue;
      if (key.column < column) return;
      const begins = key.column === column && key.dash >= 0;
      if (begins && step > 0) return;
      if (key.column === column) used.add(key.name);
      if (begins) return;
    }
  };
  const own = keyOf(lines[nth]);
  const dash = /^\s*-\s/.test(lines[nth]);
  if (!dash) look(nth - 1, -1);
  look(nth + 1, 1);
  if (own) used.delete(own.name);
  return used;
}

// The model of a path: its keys, or null where names are free (`free`) or nothing more is known.
function modelAt(models, path) {
  let model = "root", free = false;
  for (const name of path) {
    if (free) {
      free = false;
      continue;
    }
    const entry = model && models[model] && models[model][name];
    model = (entry && entry.of) || null;
    free = Boolean(entry && entry.keyed);
  }
  return { model: free ? null : model, free };
}

function openBrace(before) {
  const open = [];
  for (let at = 0; at < before.length; at += 1) {
    if (before[at] === "{") open.push(at);
    else if (before[at] === "}") open.pop();
  }
  return open.length ? open[open.length - 1] : -1;
}

export function stepIds(text) {
  return [...text.matchAll(/^ {0,4}- +id: *["']?([\w-]+)|^ {0,4}- +\{ *id: *["']?([\w-]+)/gm)].map((found) => found[1] || found[2]);
}

function remembered(text, known) {
  return { ...Object.fromEntries([...text.matchAll(/\bremember: *([\w-]+)/g)].map((found) => [found[1], []])), ...known };
}

const ENDINGS = { picture: /\.(png|jpe?g|gif|webp)$/i, audio: /\.(mp3|m4a|ogg)$/i };

function valuesOf(key, path, text, words) {
  const last = path[path.length - 1];
  if (last === "when") return remembered(text, words.remembered)[key] || [];
  if (last === "moved") return stepIds(text);
  switch (key) {
    case "goto": return [...stepIds(text), "end"];
    case "picture":
    case "audio": return words.media.filter((name) => ENDINGS[key].test(name));
    case "lesson": return words.lessons;
    case "course": return words.courses;
    case "topic": return words.topics;
    case "remember": return Object.keys(words.remembered);
    case "checked_on": return [words.today];
    default: {
      const { model } = modelAt(words.models, path);
      const entry = model && words.models[model][key];
      return (entry && entry.values) || [];
    }
  }
}

// What is proposed at `at` (line number and column from 0): {from, options: [{label, about, apply}]}, or null.
export function proposals(text, nth, column, words) {
  const lines = text.split("\n");
  const before = lines[nth].slice(0, column);
  const block = isInBlock(lines, nth, column);
  const brace = openBrace(before);
  const inFlow = !block && brace >= 0 && /(?:^|[:,[-])\s*$/.test(before.slice(0, brace));
  const opened = inFlow && /([\w-]+)\s*:\s*$/.exec(before.slice(0, brace));
  const own = keyOf(lines[nth]);
  const start = own ? own.column : depthOf(lines[nth].replace(/^(\s*(?:-\s+)*)/, (dashes) => " ".repeat(dashes.length)));
  const outer = pathTo(lines, nth, start);

  if (inFlow) {
    const path = opened ? [...outer, ...(own && own.name !== opened[1] ? [own.name] : []), opened[1]] : own ? [...outer, own.name] : outer;
    const { model, free } = modelAt(words.models, path);
    const isTable = model || free;
    const inside = before.slice(brace + 1);
    const key = /(?:^|,)\s*([\w-]*)$/.exec(inside);
    if (key && isTable) {
      const rest = lines[nth].slice(brace + 1).split("}")[0];
      const used = new Set([...rest.matchAll(/([\w-]+)\s*:/g)].map((found) => found[1]));
      return keys(path, model, used, column - key[1].length, text, words);
    }
    const value = /(?:^|,)\s*([\w-]+):\s*([\w./-]*)$/.exec(inside);
    if (value && isTable) return list(valuesOf(value[1], path, text, words), column - value[2].length);
  }
  const placeholder = /\{(\w*)$/.exec(before);
  if (placeholder) {
    const closes = lines[nth][column] === "}" ? "" : "}";
    return list(words.placeholders, column - placeholder[1].length, closes);
  }
  if (block) return null;
  const key = /^(\s*(?:-\s+)*)([\w-]*)$/.exec(before);
  if (key) {
    const path = pathTo(lines, nth, key[1].length);
    const { model } = modelAt(words.models, path);
    return keys(path, model, besides(lines, nth, key[1].length), key[1].length, text, words);
  }
  const value = /^\s*(?:-\s+)*([\w-]+):\s+([\w./-]*)$/.exec(before);
  return value ? list(valuesOf(value[1], outer, text, words), column - value[2].length) : null;
}

function keys(path, model, used, from, text, words) {
  if (path[path.length - 1] === "when") {
    return list(Object.keys(remembered(text, words.remembered)).filter((name) => !used.has(name)), from, ": ");
  }
  const known = model && words.models[model];
  if (!known) return null;
  const options = Object.entries(known)
    .filter(([name]) => !used.has(name))
    .map(([name, entry]) => ({ label: name, about: entry.about, apply: entry.of ? `${name}:` : `${name}: ` }));
  return options.length ? { from, options } : null;
}

function list(names, from, after = "") {
  return names.length ? { from, options: names.map((name) => ({ label: name, apply: name + after })) } : null;
}
