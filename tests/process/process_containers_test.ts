import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { containerIn } from "../../lib/process/containers.ts";

const ID = "0123456789abcdef".repeat(4);
const OTHER = "fedcba9876543210".repeat(4);

/** The paths of control groups as they were seen, and what they name. */
const PATHS: Readonly<Record<string, string | undefined>> = {
  [`/docker/${ID}`]: "docker",
  [`/system.slice/docker-${ID}.scope`]: "docker",
  [`/docker/${ID}/system.slice/cron.service`]: "docker",
  [`/docker/${OTHER}/docker/${ID}`]: "docker",
  [`/kubepods/besteffort/pod1b5c1d9c-77cd-4a32-8c0b-8cf2a1a2b0ff/${ID}`]: "unknown",
  [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-${ID}.scope`]:
    "containerd",
  [`/system.slice/containerd.service/kubepods-besteffort-pod1.slice:cri-containerd:${ID}`]:
    "containerd",
  [`/kubepods.slice/kubepods-pod1.slice/crio-${ID}.scope`]: "cri-o",
  [`/machine.slice/libpod-${ID}.scope/container`]: "podman",
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`]: "podman",
  [`/user.slice/user@1000.service/user.slice/nerdctl-${ID}.scope`]: "containerd",
  [`/default/${ID}`]: "unknown",
  [`/ecs/0f1e2d3c/${ID}`]: "unknown",
  [`/machine.slice/libpod-conmon-${ID}.scope`]: undefined,
  [`/kubepods.slice/crio-conmon-${ID}.scope`]: undefined,
  [`/docker/${ID}0`]: undefined,
  [`/docker/${ID.toUpperCase()}`]: undefined,
  [`/docker/buildkit`]: undefined,
  "/user.slice/user-0.slice/session-1.scope": undefined,
  "/": undefined,
  "": undefined,
};

test("containerIn() finds the innermost container that a path names", () => {
  for (const [path, runtime] of Object.entries(PATHS)) {
    const found = containerIn(path);
    assertEquals([path, found && (found.runtime ?? "unknown")], [path, runtime]);
    if (found !== undefined) assertEquals(found.id, ID);
  }
});
