import { assert, assertEquals } from "@std/assert";
import { pidFdInfo, pidFileportInfo, ShortAnswerError } from "../../lib/calls/mod.ts";
import { PID_FD_INFO_REPLIES } from "../../lib/calls/pid_fd_info.ts";
import { darwinConstants, darwinLayout } from "../golden/golden.ts";
import { expectedStruct, patternBytes, put } from "../support/pattern.ts";
import { CALLNUMS, FOR_ROOT, furnish, KNOWN, PID, type Question, QUESTIONS } from "./questions.ts";
import { codeOf, openScene, type Scene, thrownBy } from "./scene.ts";
import { doubleTest as test, SELF } from "../support/double.ts";

function furnished(name = ""): Scene {
  const scene = openScene();
  furnish(scene);
  if (FOR_ROOT.includes(name)) scene.control.double_caller(SELF, 0, 1);
  return scene;
}

const ask = (question: Question, { system }: Scene) => question.ask(system);

test("the questions cover every known flavor and every callnum", () => {
  const asked = QUESTIONS.map(({ callnum, flavor }) => `${callnum}/${flavor}`);
  // No kernel answers the flavor of AppleTalk.
  assertEquals(KNOWN.filter((flavor) => !asked.includes(flavor)), ["3/8"]);
  const others = QUESTIONS.map(({ callnum }) => callnum);
  assertEquals(CALLNUMS.filter((callnum) => !others.includes(callnum)), [1]);
});

test("the tables know every flavor that the headers name", () => {
  const flavors = Object.entries(darwinConstants).filter(([name]) =>
    /^PROC_PID(?!ORIGINATOR|DYNKQUEUE_|FD|FILEPORT|TBSD$)[A-Z0-9_]*$/.test(name) &&
    !/SIZE$|_MAX$/.test(name)
  ).map(([, { value }]) => `2/${value}`);
  assert(flavors.length > 30);
  // Flavor 16 is PROC_PID_RUSAGE, which no kernel answers.
  assertEquals([...new Set(flavors)].filter((flavor) => !KNOWN.includes(flavor)), ["2/16"]);
});

for (const question of QUESTIONS) {
  const { name, callnum, pid, flavor, returns } = question;

  test(`${name} gives every field as the kernel wrote it, and no byte beside a buffer is touched`, () => {
    const scene = furnished(name);
    const answer = ask(question, scene);
    assertEquals(answer, question.expected(answer));
    for (const call of scene.kernel.calls) {
      assertEquals([call.callnum, call.pid, call.flavor], [callnum, pid, flavor]);
    }
  });

  test(`${name} returns what its table states: ${returns}`, () => {
    const scene = furnished(name);
    const answer = ask(question, scene);
    const last = scene.kernel.calls.at(-1)!;
    switch (returns) {
      case "zero":
        assertEquals(last.answer, 0);
        break;
      case "signal":
        assert(last.answer === 9 || last.answer === 15);
        assertEquals(answer, last.answer);
        break;
      case "count":
        assertEquals(last.answer, (answer as unknown[]).length);
        assert(last.answer <= last.size!);
        break;
      case "bytes":
        assert(last.answer > 0 && last.answer <= last.size!);
        if (question.struct !== undefined) {
          assertEquals(last.answer, darwinLayout[question.struct]!.size);
        }
        break;
      case "answer":
        assertEquals(last.answer, typeof answer === "number" ? answer : 1);
    }
  });

  test(`${name} passes on every errno, with the query`, () => {
    const scene = furnished(name);
    for (let errno = 1; errno <= 106; errno++) {
      if (isHandled(name, errno)) continue;
      assertEquals(scene.control.double_fail(callnum, 1, errno), 0);
      const error = thrownBy(() => ask(question, scene));
      assertEquals([error.name, error.errno, error.callnum, error.pid, error.flavor], [
        "ProcInfoError",
        errno,
        callnum,
        pid,
        flavor,
      ]);
    }
  });
}

/** Returns true for errors after which the call is repeated. */
function isHandled(name: string, errno: number): boolean {
  const ESRCH = 3, ENOMEM = 12;
  if (name === "PIDWORKQUEUEINFO") return errno === ESRCH;
  return (name === "PIDVMRTFAULTINFO" || name === "PIDEXITREASONINFO") && errno === ENOMEM;
}

for (const question of QUESTIONS) {
  const { name, callnum, struct } = question;
  if (struct === undefined || name === "PIDFDKQUEUEINFO" || name === "PIDDYNKQUEUE_INFO") continue;
  const { size } = darwinLayout[struct]!;

  test(`${name} throws a ShortAnswerError where the kernel wrote less than ${struct}`, () => {
    const scene = furnished(name);
    for (const less of [1, 8, size - 1, size]) {
      scene.control.double_short(callnum, less);
      const error = thrownBy(() => ask(question, scene));
      assert(error instanceof ShortAnswerError);
      assertEquals([error.expected, error.actual], [size, size - less]);
      assert(error.message.includes(struct));
    }
    const answer = ask(question, scene);
    assertEquals(answer, question.expected(answer));
  });
}

for (
  const name of ["PIDNOTEEXIT", "PIDPLATFORMINFO", "PIDORIGINATOR_BGSTATE", "PIDORIGINATOR_UUID"]
) {
  const question = QUESTIONS.find((question) => question.name === name)!;
  test(`${name} throws a ShortAnswerError where the kernel wrote less`, () => {
    const scene = furnished(name);
    const whole = name === "PIDORIGINATOR_UUID" ? 16 : 4;
    for (const less of [1, whole]) {
      scene.control.double_short(question.callnum, less);
      const error = thrownBy(() => ask(question, scene));
      assert(error instanceof ShortAnswerError);
      assertEquals([error.expected, error.actual], [whole, whole - less]);
    }
  });
}

test("PIDFDKQUEUEINFO is short between nothing and the whole, PIDDYNKQUEUE_INFO beside 144 and 208", () => {
  for (
    const [name, lesses] of [["PIDFDKQUEUEINFO", [1, 167]], ["PIDDYNKQUEUE_INFO", [
      1,
      63,
      65,
      208,
    ]]] as const
  ) {
    const question = QUESTIONS.find((question) => question.name === name)!;
    const scene = furnished();
    for (const less of lesses) {
      scene.control.double_short(question.callnum, less);
      assert(thrownBy(() => ask(question, scene)) instanceof ShortAnswerError);
    }
  }
});

test("a short answer to PIDEXITREASONINFO and PIDTHREADCOUNTS is a ShortAnswerError too", () => {
  for (const [name, least] of [["PIDEXITREASONINFO", 32], ["PIDTHREADCOUNTS", 8]] as const) {
    const question = QUESTIONS.find((question) => question.name === name)!;
    const scene = furnished();
    scene.control.double_short(question.callnum, name === "PIDEXITREASONINFO" ? 1 : 300);
    const error = thrownBy(() => ask(question, scene));
    assert(error instanceof ShortAnswerError);
    assertEquals(error.expected, least);
  }
});

test("no part of an answer is left in the next one", () => {
  for (const question of QUESTIONS.filter(({ struct }) => struct)) {
    const scene = furnished(question.name);
    const first = question.expected(ask(question, scene));
    const kept = ask(question, scene);
    const bytes = new Uint8Array(darwinLayout[question.struct!]!.size).fill(0xff);
    scene.control.double_poke(
      question.callnum,
      question.pid,
      question.flavor,
      0xffff_ffff_ffff_ffffn,
      0,
      bytes,
      bytes.length,
    );
    ask(question, scene);
    assertEquals(kept, first, question.name);
  }
});

/**
 * Returns a socket with this kind and these address families, and with the pattern in all other
 * bytes.
 */
function socket(callnum: number, kind: number, vflag: number) {
  const scene = furnished();
  const seed = { callnum, pid: PID, flavor: 3 };
  const bytes = patternBytes(seed, darwinLayout.socket_fdinfo!.size);
  put(bytes, "socket_fdinfo", "psi.soi_kind", kind);
  bytes[24 + 240 + 24] = vflag;
  scene.control.double_poke(callnum, PID, 3, 0xffff_ffff_ffff_ffffn, 0, bytes, bytes.length);
  const answer = callnum === 3
    ? pidFdInfo(PID, 4, 3, scene)
    : pidFileportInfo(PID, 0x1103, 3, scene);
  return [answer, expectedStruct("socket_fdinfo", bytes)] as const;
}

test("PIDFDSOCKETINFO and PIDFILEPORTSOCKETINFO return the member of the socket's kind", () => {
  for (const callnum of [3, 6]) {
    for (let kind = 0; kind <= 8; kind++) {
      for (const vflag of kind === 1 || kind === 2 ? [0, 1, 2, 3, 4, 255] : [0]) {
        const [answer, expected] = socket(callnum, kind, vflag);
        assertEquals(answer, expected as unknown as typeof answer);
        assertEquals(Object.keys(answer.psi.soi_proto).length, kind >= 1 && kind <= 7 ? 1 : 0);
      }
    }
  }
});

test("PIDFDATALKINFO is typed and never answered, and the descriptor does not matter", () => {
  const { system, item } = furnished();
  item(PID, "FD", 20n, 8n);
  assertEquals(codeOf(() => pidFdInfo(PID, 20, 8, { system })), "EINVAL");
  assertEquals(PID_FD_INFO_REPLIES[8].returns, "bytes");
});
