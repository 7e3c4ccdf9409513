/** Finding turns. */
import type { Agent, ConversationId, SessionId, Timestamp, TurnId } from "./ids";
import type { SessionStatus, TurnStatus } from "./said";

/** A search as it is typed: words, "phrases", -without, session: agent: before: after: status: */
export interface SearchRequest {
  query: string;
  limit: number;
  offset: number;
}

export interface Snippet {
  /** One line; `…` where the text goes on. */
  text: string;
  /** What was found in it, in UTF-16 units, in order and apart. */
  marks: { start: number; end: number }[];
}

export interface SearchHit {
  turn_id: TurnId;
  conversation_id: ConversationId;
  session_id: SessionId;
  session_title: string;
  session_status: SessionStatus;
  temporary: boolean;
  number: number;
  agent: Agent;
  speaker: string | null;
  created_at: Timestamp;
  status: TurnStatus;
  snippet: Snippet;
}

export interface SearchResults {
  /** Best first; newest first where no words were asked for. */
  hits: SearchHit[];
  more: boolean;
  /** What could not be searched. */
  damaged: number;
}
