/** Where the paragraph about a code of the compiler stands: what the rule is, why, and examples. */
export const ruleHref = (code: string) => `/rules#${code.toLowerCase()}`;
