/** Answers a part of the browser's storage of our own: other examples start with fresh tabs. */
export function storageFor(examples) {
  const prefix = `trama:${fingerprint(JSON.stringify(examples))}:`;
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  return {
    get length() {
      return keys().length;
    },
    getItem: (key) => localStorage.getItem(prefix + key),
    setItem: (key, value) => localStorage.setItem(prefix + key, value),
    removeItem: (key) => localStorage.removeItem(prefix + key),
    clear: () => keys().forEach((key) => localStorage.removeItem(key)),
  };
}

/** Answers the tab that was open last, else the first of the new ones. */
export function openedTab(storage, tabs) {
  try {
    const kept = JSON.parse(storage.getItem("graphiql:tabState"));
    return kept.tabs[kept.activeTabIndex] ?? {};
  } catch {
    return tabs[0] ?? {};
  }
}

function fingerprint(text) {
  let sum = 5381;
  for (const letter of text) sum = (sum * 33 + letter.codePointAt(0)) >>> 0;
  return sum.toString(36);
}
