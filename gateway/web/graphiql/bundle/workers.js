// The editor's workers come from beside the page; WORKERS is filled in by build.mjs.
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const file = WORKERS[label] ?? WORKERS.editor;
    return new Worker(new URL(file, import.meta.url), { name: label });
  },
};
