// Which tests there are, and how much time and company each group gets.
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Files of sshd and sshfs at a time, which wait for these and for limits of time: more than most hosts have processors. */
const USERS = 3;
/** Files with a VM of their own at a time, of the real VM's and the fresh machines' tests together. */
const MACHINES = 3;

/** Of the tests with machines those that take longest come first; the agents' after the one that makes a base of them. */
const FIRST = [
  ...["e2e/software", "e2e/main-job", "fresh/user", "fresh/root", "e2e/attack", "e2e/sync"],
  ...["e2e/proxy", "e2e/home", "e2e/profile", "e2e/agent"],
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = FIRST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
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
        test: { name: "unit", include: ["tests/unit/**/*.test.ts"], testTimeout: 60 * SECOND, maxWorkers: 2 },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts"],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
          maxWorkers: USERS,
          // Real servers on a busy machine. The summary names each test that needed it, with what it failed on at first.
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: "attack",
          include: ["tests/attack/**/*.test.ts"],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
          maxWorkers: USERS,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          testTimeout: 15 * MINUTE,
          hookTimeout: 30 * MINUTE,
          maxWorkers: MACHINES,
        },
      },
      {
        extends: true,
        test: {
          name: "fresh",
          include: ["tests/fresh/**/*.test.ts"],
          testTimeout: 60 * MINUTE,
          hookTimeout: 60 * MINUTE,
          maxWorkers: MACHINES,
        },
      },
    ],
    sequence: { sequencer: LongestFirst },
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary"] },
  },
});
