package Cpanel::Locale;

# Stand-in: every phrase is left as it is, with its plain arguments filled in.

use strict;
use warnings;

sub get_handle {
    my ($class) = @_;
    return bless {}, $class;
}

sub maketext {
    my ( $self, $text, @args ) = @_;
    $text =~ s/\[_(\d+)\]/$args[$1 - 1] \/\/ q{}/ge;
    return $text;
}

sub get_language_tag { return 'en' }

1;
