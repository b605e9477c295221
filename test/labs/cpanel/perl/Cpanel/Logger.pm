package Cpanel::Logger;

# Stand-in: lines on standard error.

use strict;
use warnings;

sub new {
    my ($class) = @_;
    return bless {}, $class;
}

sub info { my ( $self, $text ) = @_; CORE::warn("info $text\n"); return }
sub warn { my ( $self, $text ) = @_; CORE::warn("warn $text\n"); return }

1;
