/** A place that changes under a page, as the address does. */
export class Place {
  id = $state('');
  constructor(id: string) {
    this.id = id;
  }
}
