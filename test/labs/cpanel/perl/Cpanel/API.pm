package Cpanel::API;

# Stand-in; what plugins load of it they get from their arguments and their result.

use strict;
use warnings;

1;
