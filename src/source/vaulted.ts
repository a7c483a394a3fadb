/** A value that `ansible-vault` encrypted in place (`!vault |`): kept as it is, so that nothing mistakes it for text. */
export class Vaulted {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
