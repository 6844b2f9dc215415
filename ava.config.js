/** Tests are compiled before they run (docs/adr/0004): ava sees plain JavaScript in dist/. */
export default {
  files: ["dist/test/**/*.test.js"],
  // Solvers keep state per process, so test files get processes, not threads.
  workerThreads: false,
  timeout: "10m",
};
