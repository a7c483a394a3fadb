/** Readies a host for podman: no overlay on an overlay, and no more of anything than the machine itself may have. */
export const PODMAN = `
mkdir -p /etc/containers
printf '[storage]\\ndriver = "vfs"\\nrunroot = "/run/containers/storage"\\ngraphroot = "/var/lib/docker/podman"\\n' \\
  >/etc/containers/storage.conf
printf '[engine]\\ncgroup_manager = "cgroupfs"\\n[containers]\\ndefault_ulimits = ["nofile=1024:4096","nproc=10000:10000"]\\n' \\
  >/etc/containers/containers.conf`;

/** Gives podman an image that Docker has. */
export const toPodman = (image: string): string =>
  `docker save ${image} | podman load -q; podman tag localhost/${image} ${image}`;
