// Which tests there are, and how much time and company each group gets.
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Of the real VM's tests those that take longest come first; the agents' after the one that makes a base of them. */
const FIRST = ["software", "main-job", "attack", "agent", "profile"];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = FIRST.findIndex((name) => moduleId.endsWith(`/e2e/${name}.test.ts`));
  return at < 0 ? FIRST.length : at;
};

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

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
          // Each has a VM of its own, and waits for it most of the time.
          maxWorkers: 2,
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
    sequence: { sequencer: LongestFirst },
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary"] },
  },
});
