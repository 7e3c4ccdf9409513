/** Names of things, and who says them. */

export type SessionId = string;
export type ConversationId = string;
export type TurnId = string;

/** RFC 3339, UTC: `2026-05-08T14:00:00.123Z`. */
export type Timestamp = string;
export type Agent = "wykeve" | "beatrice" | "codey";
