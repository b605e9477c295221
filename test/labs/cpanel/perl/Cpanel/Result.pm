package Cpanel::Result;

# Stand-in for the answer that a UAPI function fills in.

use strict;
use warnings;

sub new { return bless { data => undef, errors => [], messages => [], warnings => [], metadata => {} }, shift }

sub data {
    my ( $self, @value ) = @_;
    $self->{data} = $value[0] if @value;
    return $self->{data};
}

sub metadata {
    my ( $self, $name, @value ) = @_;
    return $self->{metadata} if !defined $name;
    $self->{metadata}{$name} = $value[0] if @value;
    return $self->{metadata}{$name};
}

sub raw_error   { push @{ $_[0]{errors} },   $_[1]; return }
sub raw_message { push @{ $_[0]{messages} }, $_[1]; return }
sub raw_warning { push @{ $_[0]{warnings} }, $_[1]; return }
sub errors   { return $_[0]{errors} }
sub messages { return $_[0]{messages} }

# With maketext's brackets filled in, as far as plain arguments go.
sub _filled {
    my ( $text, @args ) = @_;
    $text =~ s/\[_(\d+)\]/$args[$1 - 1] \/\/ q{}/ge;
    return $text;
}

sub error   { my ( $self, @text ) = @_; return $self->raw_error( _filled(@text) ) }
sub message { my ( $self, @text ) = @_; return $self->raw_message( _filled(@text) ) }
sub warning { my ( $self, @text ) = @_; return $self->raw_warning( _filled(@text) ) }

1;
