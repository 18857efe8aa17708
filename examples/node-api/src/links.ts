// Short codes and the addresses that they stand for, kept in memory.
import { randomBytes } from "node:crypto";

export interface Link {
  code: string;
  url: string;
  visits: number;
}

export class Links {
  readonly #byCode = new Map<string, Link>();

  constructor(private readonly newCode = () => randomBytes(4).toString("base64url")) {}

  add(url: string): Link {
    const link = { code: this.#freeCode(), url, visits: 0 };
    this.#byCode.set(link.code, link);
    return link;
  }

  /** Counts the visit and says where it goes to. */
  visit(code: string): string | undefined {
    const link = this.#byCode.get(code);
    if (link) link.visits += 1;
    return link?.url;
  }

  find(code: string): Link | undefined {
    return this.#byCode.get(code);
  }

  #freeCode(): string {
    for (;;) {
      const code = this.newCode();
      if (!this.#byCode.has(code)) return code;
    }
  }
}
