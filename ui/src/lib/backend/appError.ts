import { ERROR_CODES, type ErrorCode } from "./types";

/** A failure as the Rust side sends it. The message says what to do and holds no text of the person's. */
export class AppError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** How long to wait before asking again, where that is known. */
    readonly retry_after_ms: number | null = null,
  ) {
    super(message);
    this.name = "AppError";
  }

  /** What was thrown, as an AppError: itself, its wire form, or `internal` for anything else. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    if (isWire(thrown)) return new AppError(thrown.code, thrown.message, thrown.retry_after_ms ?? null);
    return new AppError("internal", thrown instanceof Error ? thrown.message : "");
  }
}

interface Wire {
  code: ErrorCode;
  message: string;
  retry_after_ms?: number | null;
}

function isWire(thrown: unknown): thrown is Wire {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown) || !("message" in thrown)) return false;
  return ERROR_CODES.includes(thrown.code as ErrorCode) && typeof thrown.message === "string";
}
