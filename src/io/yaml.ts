// The only importer of yaml. Static here and loaded lazily as a whole: bundled, the library has no named exports
// for a dynamic import.
export { parse as parseYaml, parseDocument } from "yaml";
