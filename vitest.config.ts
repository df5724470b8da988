// Which tests there are, and how much time and company each group gets.
import { defineConfig } from "vitest/config";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export default defineConfig({
  // The checkout is read-only where root runs the tests as an ordinary user.
  cacheDir: process.env["AGENT_VM_TEST_CACHE"] ?? "node_modules/.vite",
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["tests/unit/**/*.test.ts"], testTimeout: 5 * SECOND },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts"],
          testTimeout: 60 * SECOND,
          hookTimeout: 60 * SECOND,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "attack",
          include: ["tests/attack/**/*.test.ts"],
          testTimeout: 60 * SECOND,
          hookTimeout: 60 * SECOND,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          testTimeout: 15 * MINUTE,
          hookTimeout: 30 * MINUTE,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "fresh",
          include: ["tests/fresh/**/*.test.ts"],
          testTimeout: 30 * MINUTE,
          hookTimeout: 30 * MINUTE,
          fileParallelism: false,
        },
      },
    ],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary"] },
  },
});
