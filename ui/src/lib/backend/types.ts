/**
 * The wire: what crosses between the window and the Rust side, field for field as serde writes it.
 * Ids are UUIDv7 text, instants RFC 3339 text with milliseconds, UTC. Names follow the Rust types.
 */
export * from "./types/app";
export * from "./types/backup";
export * from "./types/cycle";
export * from "./types/error";
export * from "./types/health";
export * from "./types/ids";
export * from "./types/memory";
export * from "./types/said";
export * from "./types/search";
