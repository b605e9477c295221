package Template::Plugin::Whostmgr;

# Stand-in: addresses of files that WHM ships.

use strict;
use warnings;

use parent 'Template::Plugin';

sub find_file_url {
    my ( $self, $path ) = @_;
    return "/$path";
}

1;
