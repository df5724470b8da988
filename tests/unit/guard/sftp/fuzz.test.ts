// A million damaged packets from both sides: the guard passes what is sound, or ends the connection; nothing else.
import { expect, onTestFinished, test } from "vitest";
import { createFrames } from "../../../../src/guard/sftp/frames.ts";
import { createSftpGuard, type SftpGuard } from "../../../../src/guard/sftp/guard.ts";
import { Violation } from "../../../../src/guard/sftp/violation.ts";
import { ANSWERS, DIRECTORY, entry, LINK, REQUESTS, VERSION } from "./packets.ts";

const PACKETS = 1_000_000;
const SEED = Number(process.env["AGENT_VM_FUZZ_SEED"] ?? 1);

/** A generator that repeats: the seed is all that a failure needs. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const random = randomFrom(SEED);
const one = <Item>(items: readonly Item[]): Item => items[random(items.length)] as Item;
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff];

/** Bytes turned, cut, doubled or made into lengths that lie. */
function damaged(packet: Buffer): Buffer {
  const bytes = Buffer.from(packet);
  for (let times = 1 + random(3); times > 0; times -= 1) {
    const at = 4 + random(Math.max(1, bytes.length - 4));
    if (at < bytes.length) bytes[at] = random(2) === 0 ? one(EDGES) : random(256);
  }
  const end = random(8) === 0 ? 5 + random(Math.max(1, bytes.length - 5)) : bytes.length;
  const cut =
    random(16) === 0 ? Buffer.concat([bytes.subarray(0, end), bytes.subarray(5)]) : bytes.subarray(0, end);
  cut.writeUInt32BE(cut.length - 4);
  return cut;
}

const requests = Object.values(REQUESTS);
const answers: ((id: number) => Buffer)[] = [
  (id) => ANSWERS.status(id, random(10)),
  (id) => ANSWERS.handle(id),
  (id) => ANSWERS.data(id, random(200)),
  (id) => ANSWERS.names(id, entry("a"), entry(".git", DIRECTORY), entry("l", LINK)),
  (id) => ANSWERS.names(id, entry("../x")),
  (id) => ANSWERS.attributes(id, random(0x20000)),
  (id) => ANSWERS.figures(id),
];

function fresh(): SftpGuard {
  const rules = {
    git: one(["hidden", "read-only", "visible"] as const),
    hide: one([[], ["a"]]),
    readOnly: random(2) === 0,
  };
  const guard = createSftpGuard({ rules, root: "workspace", now: () => 0, stall: 1, note: () => {} });
  guard.fromGuest(VERSION);
  return guard;
}

/** True when the connection ended; anything but a Violation is a defect. */
function ends(work: () => void): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof Violation) return true;
    throw error;
  }
}

/** What went on to the host must be whole packets, and listings hold no name that leads somewhere. */
function checkPassed(bytes: Buffer): void {
  let rest = 0;
  const frames = createFrames((packet) => {
    rest += packet.length;
    if (packet[4] === 104 && packet.includes("../x") && packet.readUInt32BE(9) !== 1)
      throw new Error("a name that leads somewhere went on");
  });
  frames(bytes);
  if (rest !== bytes.length) throw new Error("half a packet went on");
}

test(`${PACKETS} damaged packets (seed ${SEED})`, { timeout: 240_000 }, () => {
  let guard = fresh();
  let ended = 0;
  let passed = 0;
  const before = process.memoryUsage().heapUsed;
  // Half of the time would be spent on them.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  onTestFinished(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
  for (let count = 0; count < PACKETS; ) {
    const id = random(8);
    const [hostIs, guestIs] = [random(3) === 0, random(3) !== 0];
    count += Number(hostIs) + Number(guestIs);
    const request = one(requests)(id);
    const over = ends(() => guard.fromHost(hostIs ? damaged(request) : request));
    const answer = guestIs ? damaged(one(answers)(id)) : one(answers)(id);
    const broken = ends(() => {
      const decided = guard.fromGuest(answer);
      checkPassed(decided === "pass" ? answer : decided.instead);
      passed += 1;
    });
    if (over || broken) {
      guard = fresh();
      ended += 1;
    }
  }
  const grown = process.memoryUsage().heapUsed - before;
  // Both ends were reached often, so the million was no million of the same.
  expect(passed).toBeGreaterThan(PACKETS / 100);
  expect(ended).toBeGreaterThan(PACKETS / 100);
  expect(grown).toBeLessThan(100 * 2 ** 20);
});

test("memory stays flat over a long connection", { timeout: 60_000 }, () => {
  const guard = createSftpGuard({
    rules: { git: "hidden", hide: [], readOnly: false },
    root: "workspace",
    now: () => 0,
    stall: 1,
    note: () => {},
  });
  guard.fromGuest(VERSION);
  const round = () => {
    for (let id = 0; id < 50_000; id += 1) {
      guard.fromHost(REQUESTS.open(id));
      guard.fromGuest(ANSWERS.handle(id, `h${id}`));
      guard.fromHost(REQUESTS.close(id, `h${id}`));
      guard.fromGuest(ANSWERS.status(id));
    }
  };
  round();
  const before = process.memoryUsage().heapUsed;
  for (let turn = 0; turn < 4; turn += 1) round();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * 2 ** 20);
});
