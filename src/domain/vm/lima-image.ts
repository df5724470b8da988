// An image as Lima's template names it. Pure.

export interface LimaImage {
  /** A https URL or an absolute path. */
  location: string;
  arch: "x86_64" | "aarch64";
  /** "sha512:<hex>". */
  digest?: string;
  /** Booted directly instead of the image's own boot loader. */
  kernel?: { location: string; cmdline: string };
  initrd?: { location: string };
}

export interface ObtainedImage {
  /** In order of preference; Lima takes the first that it can get. */
  images: LimaImage[];
  /** For the VM's record and `status`. */
  description: string;
}

export const limaArch = (arch: NodeJS.Architecture): LimaImage["arch"] =>
  arch === "arm64" ? "aarch64" : "x86_64";

export const debianArch = (arch: NodeJS.Architecture): string => (arch === "arm64" ? "arm64" : "amd64");

/** The disk has no partition table, so the kernel beside it is told where the root is. */
export const kernelArguments = (arch: NodeJS.Architecture): string =>
  `root=/dev/vda rw console=${arch === "arm64" ? "ttyAMA0" : "ttyS0"}`;
