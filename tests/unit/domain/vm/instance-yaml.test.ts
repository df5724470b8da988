// The YAML of an instance: the template with image and size, still closed.
import { describe, expect, test } from "vitest";
import { violations } from "../../../../src/domain/vm/effective.ts";
import { instanceYaml, readTemplate } from "../../../../src/domain/vm/instance-yaml.ts";
import { parseYaml } from "../../../../src/io/yaml.ts";
import { ROOT } from "../../sources.ts";

const template = await readTemplate(ROOT);
const odd = '/srv/a b/it\'s: "50%" #1 ünï\\x/disk.qcow2';
const images = [
  {
    location: odd,
    arch: "x86_64" as const,
    kernel: { location: "/srv/vmlinuz", cmdline: "root=/dev/vda rw console=ttyS0" },
    initrd: { location: "/srv/initrd.img" },
  },
];
const size = { vcpu: 2, memory: 5, disk: 40, vmType: "qemu" } as const;
const parsed = parseYaml(await instanceYaml(template, images, size)) as Record<string, unknown>;

test("size, VM type and image are the chosen ones, whatever stands in the path", () => {
  expect(parsed).toMatchObject({ cpus: 2, memory: "5GiB", disk: "40GiB", vmType: "qemu", images });
  expect(parsed["images"]).toHaveLength(1);
});

test("nothing else of the template changes", () => {
  const before = parseYaml(template) as Record<string, unknown>;
  const { cpus: _c, memory: _m, disk: _d, vmType: _t, images: _i, ...after } = parsed;
  const { images: _old, ...rest } = before;
  expect(after).toEqual(rest);
});

test("a Mac gets its own VM type", async () => {
  expect(parseYaml(await instanceYaml(template, images, { ...size, vmType: "vz" }))).toMatchObject({
    vmType: "vz",
  });
});

describe("the template", () => {
  test("opens nothing", () => {
    expect(violations(parsed)).toEqual([]);
    expect(violations(parseYaml(template))).toEqual([]);
  });

  test("says aloud what must be off, because Lima's defaults would have it on", () => {
    expect(parseYaml(template)).toMatchObject({
      plain: true,
      mounts: [],
      containerd: { system: false, user: false },
      ssh: { loadDotSSHPubKeys: false, forwardAgent: false, forwardX11: false, forwardX11Trusted: false },
      propagateProxyEnv: false,
      hostResolver: { enabled: false },
      upgradePackages: false,
      user: { name: "vmadmin", uid: 2000, home: "/home/vmadmin" },
    });
  });
});
