package Cpanel::JSON;

# Stand-in. Texts are bytes throughout, as in the panel: nothing is decoded on the way in or encoded on the way out.

use strict;
use warnings;

use JSON::PP ();

sub Load { return JSON::PP->new->allow_nonref->decode( $_[0] ) }
sub Dump { return JSON::PP->new->allow_nonref->encode( $_[0] ) }
sub canonical_dump { return JSON::PP->new->allow_nonref->canonical->encode( $_[0] ) }

sub LoadFile {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    return Load( do { local $/ = undef; <$file> } );
}

1;
