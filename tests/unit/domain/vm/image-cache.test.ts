// The cache of images: only whole entries count.
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Paths } from "../../../../src/domain/paths.ts";
import { addToCache, findCached } from "../../../../src/domain/vm/image-cache.ts";

let directory: string;
let host: { paths: Paths };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-vm-cache-"));
  host = { paths: { cache: directory } as Paths };
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const fill = (text: string) => async (draft: string) => {
  await writeFile(join(draft, "disk"), text, { mode: 0o600 });
  return { files: ["disk"], digest: true };
};

test("an entry is found again, readable by others, with its hash", async () => {
  const entry = await addToCache(host, "one", fill("bytes"));
  expect(await findCached(host, "one")).toBe(entry);
  expect((await stat(join(entry, "disk"))).mode & 0o777).toBe(0o644);
  expect((await stat(entry)).mode & 0o777).toBe(0o755);
  const manifest = JSON.parse(await readFile(join(entry, "manifest.json"), "utf8"));
  expect(manifest.files.disk).toMatchObject({ size: 5, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test("an entry can do without checksums", async () => {
  const entry = await addToCache(host, "one", async (draft) => ({
    ...(await fill("bytes")(draft)),
    digest: false,
  }));
  expect(await findCached(host, "one")).toBe(entry);
  expect(await readFile(join(entry, "manifest.json"), "utf8")).not.toContain("sha256");
});

test("an entry with a file cut short, missing, or without manifest is none", async () => {
  const entry = await addToCache(host, "one", fill("bytes"));
  await truncate(join(entry, "disk"), 3);
  expect(await findCached(host, "one")).toBeUndefined();
  await rm(join(entry, "disk"));
  expect(await findCached(host, "one")).toBeUndefined();
  await addToCache(host, "one", fill("again"));
  await writeFile(join(entry, "manifest.json"), "{");
  expect(await findCached(host, "one")).toBeUndefined();
});

test("a broken entry is replaced, and a failed attempt leaves nothing", async () => {
  const entry = await addToCache(host, "one", fill("old"));
  await addToCache(host, "one", fill("new"));
  expect(await readFile(join(entry, "disk"), "utf8")).toBe("new");
  await expect(addToCache(host, "two", () => Promise.reject(new Error("stopped")))).rejects.toThrow(
    "stopped",
  );
  expect(await readdir(join(directory, "images"))).toEqual(["one"]);
});
