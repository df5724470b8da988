// The piece of OBSERVE that tells what the carried files of a workspace are now. Pure.
import { LIST } from "./carry.ts";

/**
 * For a directory that is a workspace's top: of each listed path its SHA-256, or "gone"; nothing for what is no ordinary
 * file, or larger than any that is carried. Where git names whole directories, "only" and each in which nothing but
 * listed paths lies. Needs $MODE.
 */
export const CARRIED_SUMS = `
  if [ -f .git/${LIST} ] && [ ! -L .git/${LIST} ]; then
    printf '=carried\\0'
    xargs -0 -r sh -c '
      for path do
        if [ ! -e "$path" ] && [ ! -L "$path" ]; then printf "gone %s\\0" "$path"; continue; fi
        if [ -L "$path" ] || [ ! -f "$path" ] || [ "$(wc -c <"$path")" -gt 268435456 ]; then continue; fi
        sum=$(sha256sum <"$path") && printf "%s %s\\0" "\${sum%% *}" "$path"
      done
      :' sh <.git/${LIST} 2>/dev/null || :
    if [ "$MODE" != deep ] && grep -qa / .git/${LIST}; then
      perl -e '
        $/ = "\\0";
        chomp(my @listed = <STDIN>);
        my %listed = map { $_ => 1 } @listed;
        my (%above, %alone);
        for (@listed) { my $path = $_; $above{$path} = 1 while $path =~ s{/[^/]+\\z}{} && $path ne "" }
        sub alone {
          my ($at) = @_;
          return $alone{$at} if exists $alone{$at};
          $alone{$at} = 0;
          return 0 if -l $at or !opendir my $open, $at;
          for my $name (readdir $open) {
            next if $name =~ /^\\.\\.?\\z/;
            my $path = "$at/$name";
            return 0 unless !-l $path && (-d $path ? alone($path) : -f $path && $listed{$path});
          }
          $alone{$at} = 1;
        }
        for (sort keys %above) { print "only $_/\\0" if alone($_) }' <.git/${LIST} 2>/dev/null || :
    fi
  fi
`;
