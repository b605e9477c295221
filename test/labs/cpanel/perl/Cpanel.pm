package Cpanel;

# Stand-in: the account that the engine works for.

use strict;
use warnings;

our ( $user, $homedir, %CPDATA );

1;
