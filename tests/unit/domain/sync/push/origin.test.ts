// The origin's url as a guest may see it: no credential, no path of the host.
import { expect, test } from "vitest";
import { publicOrigin } from "../../../../../src/domain/sync/push/origin.ts";

test.each([
  ["https://user:token@example.org/a/b.git?x=token#token", "https://example.org/a/b.git"],
  ["https://token@example.org:8443/a.git", "https://example.org:8443/a.git"],
  ["ssh://git:secret@example.org:2222/a.git", "ssh://git@example.org:2222/a.git"],
  ["git@example.org:a/b.git", "git@example.org:a/b.git"],
  ["git://example.org/a.git", "git://example.org/a.git"],
  ["/home/me/a", undefined],
  ["../a", undefined],
  ["file:///home/me/a", undefined],
  ["C:\\src\\a", undefined],
  ["ext::sh -c id", undefined],
  ["-oProxyCommand=x:y", undefined],
  ["", undefined],
])("%s becomes %s", (url, expected) => expect(publicOrigin(url)).toBe(expected));
