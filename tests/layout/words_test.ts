import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { procRegionInfo } from "../../lib/abi/region_info.ts";
import { vnodeInfoPath } from "../../lib/abi/vnode_info.ts";
import { block, blockOf } from "../../lib/layout/block.ts";
import { offsetsOf } from "../../lib/layout/offsets.ts";
import { setWords, wordOffsetsOf, wordsOf } from "../../lib/layout/words.ts";

test("wordOffsetsOf() gives the word that each member starts in", () => {
  const bytes = offsetsOf(procRegionInfo);
  const words = wordOffsetsOf(procRegionInfo, 10);
  assertEquals(Object.keys(words), Object.keys(bytes));
  for (const [name, offset] of Object.entries(bytes)) {
    assertEquals(words[name as keyof typeof words], 10 + offset / 4, name);
  }
  assertEquals(wordOffsetsOf(vnodeInfoPath).vip_path, 152 / 4);
});

test("wordsOf() and setWords() write what the struct's decoder reads", () => {
  const to = block(procRegionInfo.size);
  const words = wordsOf(to), at = wordOffsetsOf(procRegionInfo);
  for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 64 - 4096]) {
    words[at.pri_user_tag] = 0xffffffff;
    setWords(words, at.pri_address, value);
    setWords(words, at.pri_offset, value);
    const { pri_address, pri_offset, pri_behavior, pri_size, pri_user_tag } = procRegionInfo
      .decode(to.bytes);
    assertEquals([pri_address, pri_offset], [BigInt(value), BigInt(value)]);
    assertEquals([pri_behavior, pri_size, pri_user_tag], [0, 0n, 0xffffffff]);
  }
});

test("wordsOf() leaves out what is behind the last whole word, and starts where the block does", () => {
  const memory = new Uint8Array(32);
  const words = wordsOf(blockOf(memory.subarray(8, 8 + 11)));
  assertEquals(words.length, 2);
  words[1] = 0x04030201;
  assertEquals([...memory.subarray(11, 17)], [0, 1, 2, 3, 4, 0]);
});
