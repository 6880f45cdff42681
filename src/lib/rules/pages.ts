/** The rule paragraphs of `docs/spec/rules` as the page `/rules` shows them. */

/** One code of the compiler, with its paragraph. */
export interface RuleParagraph {
  /** The stable code, `E_PLAN_CYCLE`; its anchor is the same in lower case. */
  code: string;
  /** The id of the rule, `R-PLAN-CYCLE`. */
  rule: string;
  severity: string;
  phase: string;
  /** Names of the message's arguments; one that isn't always there ends with a question mark. */
  arguments: string[];
  /** Where the rule comes from. */
  source: string;
  /** One line, without a full stop. */
  says: string;
  /** Why there is no example, where there is none. */
  noExample: string | null;
  /** The prose and the examples, as HTML. */
  html: string;
}

/** A topic. */
export interface RulePage {
  /** The file's name without its ending; the topic's anchor. */
  name: string;
  title: string;
  /** HTML. */
  intro: string;
  paragraphs: RuleParagraph[];
}
