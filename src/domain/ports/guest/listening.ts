// The constant program that tells which of the agent's programs listen in the guest. Pure.

/**
 * In perl, which is in every Debian. It reads /proc alone: sockets that listen, and the processes of its own account that
 * hold them. Answer, each followed by NUL: "=now" second; for each port of each process "=port" port, address (in
 * hexadecimal, as the kernel has it), pid, second of its start, name, directory, the workspace that its session is in.
 */
export const LISTENING = `exec perl -e '
use strict;
use POSIX ();
my %open;
for my $table ("tcp", "tcp6") {
  open(my $in, "<", "/proc/net/$table") or next;
  <$in>;
  while (<$in>) {
    my @field = split;
    next unless $field[3] eq "0A";
    my ($address, $port) = split /:/, $field[1];
    $open{$field[9]} = [hex $port, $address];
  }
}
my $boot = time;
if (open(my $in, "<", "/proc/stat")) { while (<$in>) { $boot = $1 if /^btime (\\d+)/ } }
my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK()) || 100;
sub file { open(my $in, "<", $_[0]) or return ""; local $/; my $all = <$in>; defined $all ? $all : "" }
print "=now\\0", time, "\\0";
for my $place (glob "/proc/[0-9]*") {
  my @held = map { (readlink($_) || "") =~ /^socket:\\[(\\d+)\\]$/ && $open{$1} ? $open{$1} : () } glob "$place/fd/*";
  next unless @held;
  my $stat = file("$place/stat");
  $stat =~ s/^.*\\) //s;
  my $start = int($boot + ((split " ", $stat)[19] || 0) / $ticks);
  my $name = file("$place/comm");
  chomp $name;
  my ($space) = map { /^AGENT_VM_WORKSPACE=(.*)/s ? $1 : () } split /\\0/, file("$place/environ");
  my ($pid) = $place =~ /(\\d+)$/;
  for (@held) {
    my ($port, $address) = @$_;
    print map { "$_\\0" } "=port", $port, $address, $pid, $start, $name, readlink("$place/cwd") || "", $space || "";
  }
}
'`;
