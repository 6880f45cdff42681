/** Who did something, as the server names it: a person by name, anything else with what it is. */
export function actorWords(actor: { kind: string; name: string }): string {
  return actor.kind === 'user' || actor.name.toLowerCase().startsWith(actor.kind)
    ? actor.name
    : `${actor.kind} ${actor.name}`;
}
