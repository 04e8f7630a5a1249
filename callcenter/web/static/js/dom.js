// Small hands for the page.

export const $ = (id) => document.getElementById(id);

/** Set a text only if it differs: nothing flickers and nothing is spoken twice. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** Set a data-attribute only if it differs. */
export function mark(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Keep one child per item, in order, made once per key. `make(item)` builds, `update(element, item)` fills. */
export function keep(parent, items, key, build, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, place) => {
    const name = String(key(item));
    const child = known.get(name) ?? build(item);
    child.dataset.key = name;
    known.delete(name);
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] ?? null);
    update(child, item);
  });
  for (const child of known.values()) child.remove();
}

/** What the server handed over. */
export function readSetup() {
  return JSON.parse($("setup").textContent);
}
