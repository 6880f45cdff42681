/** One thing that stands against a config bundle, at a field of its model (`ingress.path`). */
export interface FieldIssue {
  code: string;
  field: string;
  message: string;
  help: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The issues that a refusal to encode carries: all of them as `args.issues`, or the first one. */
export function issuesOf(refusal: {
  code: string;
  message: string;
  args: Record<string, unknown>;
}): FieldIssue[] {
  const listed = parsed(refusal.args['issues']);
  if (Array.isArray(listed)) {
    return listed.filter(isRecord).map((issue) => ({
      code: word(issue['code']) || refusal.code,
      field: word(issue['field']),
      message: word(issue['message']) || refusal.message,
      help: word(issue['help']),
    }));
  }
  if (typeof refusal.args['field'] === 'string') {
    return [
      {
        code: refusal.code,
        field: refusal.args['field'],
        message: refusal.message,
        help: word(refusal.args['help']),
      },
    ];
  }
  return [];
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** What a form shows at one field: its first issue, with the way out. */
export function issueAt(issues: readonly FieldIssue[], field: string): string | undefined {
  const issue = issues.find((entry) => entry.field === field);
  return issue === undefined ? undefined : [issue.message, issue.help].filter(Boolean).join(' ');
}
