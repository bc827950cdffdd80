import type { Course } from './steps.js';

/** Courses that found a mistake once, each shortened and named after it. */
export const KNOWN_COURSES: Readonly<Record<string, Course>> = {};
