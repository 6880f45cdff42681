/** The page of all rules, open to anyone. */
export const rulesHref = '/rules';

/** Where the paragraph about a code of the compiler stands: what the rule is, why, and examples. */
export const ruleHref = (code: string) => `${rulesHref}#${code.toLowerCase()}`;
