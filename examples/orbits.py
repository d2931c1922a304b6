"""The inner planets around the Sun, with units throughout.

Integrates the orbits of Mercury, Venus, Earth and Mars with the leapfrog method, each array with its unit: masses,
positions and velocities go in as the tables have them, and a wrong formula fails where it stands.  What comes out is
checked: energy and angular momentum are conserved, and the periods obey Kepler's third law.

    python orbits.py --plot orbits.png

The planets start from the perihelia of their mean orbits at J2000 (E. M. Standish and J. G. Williams, Approximate
Positions of the Planets, JPL), in one plane, and feel the Sun alone.
"""
import argparse
import importlib.util

import torsor as np
from torsor.units import DimArray, au, day, deg, validation, year
from torsor.units.constants import G
from torsor.units.domains.astronomy import earth_mass, solar_mass

PLANETS = ("Mercury", "Venus", "Earth", "Mars")
MASS = DimArray([0.0553, 0.815, 1.0, 0.1074], earth_mass)
SEMI_MAJOR_AXIS = DimArray([0.38709927, 0.72333566, 1.00000261, 1.52371034], au)
ECCENTRICITY = np.array([0.20563593, 0.00677672, 0.01671123, 0.09339410])
PERIHELION = DimArray([77.45779628, 131.60246718, 102.93768193, -23.94362959], deg)
#: A little more than Mars takes for its orbit.
DURATION = DimArray(2.0, year)
#: What the Sun pulls with.
GM = (G * DimArray(1.0, solar_mass)).to(au**3 / day**2)
#: Relative errors that leapfrog may make with steps of a day.
LARGEST_DRIFT, LARGEST_ERROR = 1e-3, 5e-3


def perihelia():
    """Positions and velocities where the planets are closest to the Sun: two axes by four planets."""
    outwards = np.stack([np.cos(PERIHELION), np.sin(PERIHELION)])
    onwards = np.stack([-outwards[1], outwards[0]])
    speed = np.sqrt(GM / SEMI_MAJOR_AXIS * (1 + ECCENTRICITY) / (1 - ECCENTRICITY))
    return SEMI_MAJOR_AXIS * (1 - ECCENTRICITY) * outwards, speed * onwards


def acceleration(position):
    """The Sun's pull on bodies of unit mass."""
    return -GM * position / np.linalg.norm(position, axis=0) ** 3


def energy(position, velocity):
    """Kinetic and potential energy of each planet."""
    return MASS * (np.sum(velocity**2, axis=0) / 2 - GM / np.linalg.norm(position, axis=0))


def angular_momentum(position, velocity):
    """Angular momentum of each planet about the Sun."""
    return MASS * (position[0] * velocity[1] - position[1] * velocity[0])


def integrate(duration, step):
    """Times, and the positions and total energies of the planets at them; what must be conserved is watched."""
    watched = {energy: validation.ConservationTracker("energy"),
               angular_momentum: validation.ConservationTracker("angular momentum")}
    position, velocity = perihelia()
    positions, energies = [position], [energy(position, velocity).sum()]
    for _ in range(round(float(duration / step))):
        velocity = velocity + acceleration(position) * step / 2
        position = position + velocity * step
        velocity = velocity + acceleration(position) * step / 2
        for quantity, tracker in watched.items():
            tracker.record(quantity(position, velocity))
        positions.append(position)
        energies.append(energy(position, velocity).sum())
    for tracker in watched.values():
        print(f"{tracker.name:17} conserved to {tracker.max_drift():.1e}")
        if tracker.max_drift() > LARGEST_DRIFT:
            raise ArithmeticError(f"{tracker.name} drifts by {tracker.max_drift():.1e}")
    return np.arange(len(positions)) * step, np.stack(positions), np.stack(energies)


def kepler(times, positions):
    """Print the third law, and raise where a planet breaks it: a³/T² is the same for all, GM/4π²."""
    expected = (GM / (4 * np.pi**2)).to(au**3 / year**2)
    print(f"\nplanet    semi-major axis     period          a³/T²\n{'Kepler':35} {expected:11.5f}")
    for k, planet in enumerate(PLANETS):
        x, y = positions[:, 0, k], positions[:, 1, k]
        distance = np.hypot(x, y)
        axis = (distance.min() + distance.max()) / 2
        swept = np.unwrap(np.arctan2(y, x))
        period = np.interp(swept[0] + DimArray(360.0, deg), swept, times)
        ratio = (axis**3 / period**2).to(expected.unit)
        print(f"{planet:9} {axis:10.5f} {period.to(day):14.3f} {ratio:16.5f}")
        if abs(ratio / expected - 1) > LARGEST_ERROR:
            raise ArithmeticError(f"{planet}: a³/T² is {ratio}, by Kepler's third law {expected}")


def plot(path, times, positions, energies):
    """Draw the orbits, and how the energy swings about its first value."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    orbits, drift = figure.subplots(1, 2)
    for k, planet in enumerate(PLANETS):
        orbits.plot(*positions[:, :, k].T.to(au).magnitude(), label=planet)
    orbits.plot(0, 0, "o", color="gold", label="Sun")
    orbits.set(aspect="equal", xlabel=f"x / {au}", ylabel=f"y / {au}", title="The inner planets")
    orbits.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    change = energies / energies[0] - 1
    drift.plot(times.to(year).magnitude(), change.magnitude())
    drift.set(xlabel=f"time / {year}", ylabel="relative change", title="Total energy")
    figure.savefig(path)
    print(f"\n{path} written")


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--step", metavar="DAYS", type=float, default=0.25,
                        help="of the integration (default: %(default)s)")
    parser.add_argument("--plot", metavar="PNG", help="draw the orbits (needs matplotlib: pip install 'torsor[plot]')")
    args = parser.parse_args()
    if args.plot and importlib.util.find_spec("matplotlib") is None:
        parser.error("--plot needs matplotlib: pip install 'torsor[plot]'")
    times, positions, energies = integrate(DURATION, DimArray(args.step, day))
    kepler(times, positions)
    if args.plot:
        plot(args.plot, times, positions, energies)


if __name__ == "__main__":
    main()
