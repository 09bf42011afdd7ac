/** Types for the functions of `@std/assert` that tests use. The npm package lacks them. */
type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

export class AssertionError extends Error {}
export function assert(value: unknown, msg?: string): asserts value;
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void;
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
): void;
export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
export function assertFalse(value: unknown, msg?: string): asserts value is false;
export function assertGreater<T>(actual: T, low: T, msg?: string): void;
export function assertGreaterOrEqual<T>(actual: T, low: T, msg?: string): void;
export function assertInstanceOf<T>(
  actual: unknown,
  type: abstract new (...args: never[]) => T,
  msg?: string,
): asserts actual is T;
export function assertIsError<E extends Error = Error>(
  error: unknown,
  type?: ErrorClass<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E;
export function assertLess<T>(actual: T, high: T, msg?: string): void;
export function assertLessOrEqual<T>(actual: T, high: T, msg?: string): void;
export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void;
export function assertObjectMatch(actual: object, expected: object, msg?: string): void;
export function assertRejects<E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): void;
export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
export function assertThrows<E extends Error = Error>(
  run: () => unknown,
  type?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function fail(msg?: string): never;
