// A number of bytes, for people. Pure.

/** Decimal units, as file managers and disks have them. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let at = 0;
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  const shown = at === 0 || value >= 9.95 ? Math.round(value).toString() : value.toFixed(1);
  return `${shown} ${at === 0 && shown === "1" ? "byte" : units[at]}`;
}
